<?php
/**
 * Plugin Name: Stoa Courses
 * Description: Adds My Courses to the customer's account and tells Stoa about orders, so that a paid order opens a course.
 * Version: 1.0.0
 * Author: The Stoa authors
 * License: MIT
 * License URI: https://opensource.org/license/mit
 * Text Domain: stoa-courses
 * Domain Path: /languages
 * Requires at least: 6.2
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * WC requires at least: 8.0
 */

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

require_once __DIR__ . '/src/load.php';

register_activation_hook(__FILE__, [AccountTab::class, 'add_address_of_tab']);
register_deactivation_hook(__FILE__, [AccountTab::class, 'forget_addresses']);
Plugin::start(__FILE__);
