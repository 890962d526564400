<?php
/**
 * The part of WooCommerce that the plugin uses, in memory. A webhook pings and keeps its failures as the real one does.
 */

namespace Automattic\WooCommerce\Utilities {

    class FeaturesUtil
    {
        public static function declare_compatibility($feature, $file, $is)
        {
            \Stoa\Courses\Tests\Shop::$compatible[$feature] = $is;
        }
    }
}

namespace {

    use Stoa\Courses\Tests\Shop;

    class WooCommerce
    {
    }

    class WC_AJAX
    {
        public static function get_endpoint($request) { return '/?wc-ajax=' . $request; }
    }

    function wc_get_account_endpoint_url($endpoint) { return 'https://shop.example.com/my-account/' . $endpoint . '/'; }

    class WC_Webhook
    {
        private $id;
        private $kept;
        private $data = [
            'status' => 'disabled', 'name' => '', 'user_id' => 0, 'delivery_url' => '', 'secret' => '', 'topic' => '',
            'api_version' => 'wp_api_v3', 'failure_count' => 0, 'pending_delivery' => false,
        ];

        public function __construct($id = 0)
        {
            $this->id = isset(Shop::$webhooks[$id]) ? $id : 0;
            $this->data = Shop::$webhooks[$id] ?? $this->data;
            $this->kept = $this->data;
        }

        public function __call($name, $arguments)
        {
            [$verb, $property] = explode('_', $name, 2);
            if (!array_key_exists($property, $this->data)) {
                throw new BadMethodCallException($name);
            }
            if ($verb === 'get') {
                return $this->data[$property];
            }
            $this->data[$property] = $arguments[0];
        }

        public function get_id() { return $this->id; }

        public function save()
        {
            if ($this->id === 0) {
                $this->id = max([0, ...array_keys(Shop::$webhooks)]) + 1;
                $this->data['pending_delivery'] = true;
                Shop::$webhooks[$this->id] = $this->kept = $this->data;
                return;
            }
            $moved = $this->data['delivery_url'] !== $this->kept['delivery_url'];
            Shop::$webhooks[$this->id] = $this->kept = $this->data;
            if ($this->data['status'] === 'active' && ($moved || $this->data['pending_delivery'])) {
                $this->deliver_ping();
            }
        }

        public function deliver_ping()
        {
            Shop::$pings[] = $this->data['delivery_url'];
            if (Shop::$silent) {
                return new WP_Error('error', 'Error: Delivery URL cannot be reached: <b>connection refused</b>');
            }
            $this->data['pending_delivery'] = false;
            $this->save();
            return true;
        }

        public function delete($force) { unset(Shop::$webhooks[$this->id]); }
    }

    function wc_get_webhook($id) { return isset(Shop::$webhooks[$id]) ? new WC_Webhook($id) : null; }

    class WC_Data_Store
    {
        public static function load($name) { return new self(); }
        public function get_webhooks_ids() { return array_reverse(array_keys(Shop::$webhooks)); }
    }

    class WC_Settings_Page
    {
        protected $id = '';
        protected $label = '';
        public function __construct() { add_action('woocommerce_settings_save_' . $this->id, [$this, 'save']); }
        public function output() { WC_Admin_Settings::output_fields($this->get_settings_for_default_section()); }
    }

    class WC_Admin_Settings
    {
        public static function add_error($text) { Shop::$errors[] = $text; }
        public static function add_message($text) { Shop::$messages[] = $text; }
        public static function output_fields($fields)
        {
            foreach ($fields as $field) {
                echo '<p>', esc_html($field['title'] ?? ''), esc_html($field['desc'] ?? '');
                printf(
                    '<input type="%s" name="%s" value="%s" placeholder="%s"></p>',
                    esc_attr($field['type']),
                    esc_attr($field['id']),
                    esc_attr($field['value'] ?? get_option($field['id'], '')),
                    esc_attr($field['placeholder'] ?? '')
                );
            }
        }
    }
}
