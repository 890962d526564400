<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** What setting up the webhooks has done. */
final class WebhookReport
{
    /** @var int */
    public $created = 0;
    /** @var int */
    public $repaired = 0;
    /** @var int How many were there twice. */
    public $removed = 0;
    /** @var string|null Why Stoa did not answer the test call, in WooCommerce's words. */
    public $silence = null;

    public function is_fine(): bool
    {
        return $this->silence === null;
    }

    /** Returns a sentence or two for the shop's staff, as plain text. */
    public function text(): string
    {
        if ($this->created + $this->repaired + $this->removed === 0) {
            $done = __('The webhooks are as they should be.', 'stoa-courses');
        } else {
            $done = sprintf(
                /* translators: three numbers */
                __('Webhooks: %1$d made, %2$d repaired, %3$d doubles removed.', 'stoa-courses'),
                $this->created,
                $this->repaired,
                $this->removed
            );
        }
        if ($this->silence === null) {
            return $done;
        }
        return $done . ' ' . sprintf(
            /* translators: what WooCommerce says about the failure */
            __('But Stoa did not answer the test call: %s', 'stoa-courses'),
            $this->silence
        );
    }
}
